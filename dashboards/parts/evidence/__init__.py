"""What lies behind a finding, and in a run."""
