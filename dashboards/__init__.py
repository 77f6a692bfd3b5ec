"""What is opened to look at saved reports and runs: pages over auditkit's public names, that write labels alone."""
