"""What makes the files that the dashboard only shows: run from a checkout, by `make lab-files`."""
