"""A policy whose margins move, and what the gate says of them."""
