"""The program that runs inside the container: what is there, and what the image's own runtime says of every handler.

Its modules are handed to the image's Python on standard input (:mod:`vartask.verify.script`), so that nothing of the
host is mounted.  They are Python 3.7, standard library only, and import nothing of vartask but each other.  What is
found goes to standard output, one JSON object a line behind a mark that the host chose, so that whatever a handler
prints is told apart, and what was found before something went wrong is kept.

A function runs as Lambda runs it: the image's own entrypoint and command are started with ``AWS_LAMBDA_RUNTIME_API``
naming a small Lambda Runtime API on the loopback device, each in a process of its own.
"""
