"""power(): how many rows, raters or generations each rule of a plan needs, before any is drawn."""
