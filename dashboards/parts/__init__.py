"""What pages are made of: what lies in the folder, opened once, and shown so that text from data stays text."""
