"""Services that the Serverless Framework packages, and the comparison of what it packages with what is predicted."""
