"""Applications of the AWS CDK, synthesised by the CDK itself and predicted."""
