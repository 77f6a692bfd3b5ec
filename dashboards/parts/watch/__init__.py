"""What the page Watch is made of: which watches lie in the folder, and how an alarm and a question are told."""
