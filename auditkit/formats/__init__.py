"""What a report is written as: one function each."""
