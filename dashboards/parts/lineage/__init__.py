"""What the page Lineage is made of: what is traced, and how its things, steps and turns are told."""
