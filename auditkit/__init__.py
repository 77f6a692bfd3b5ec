"""auditkit."""
