"""verify(): whether what auditkit wrote into a folder is as it was written, and holds together."""

from auditkit.core.manifest import Fact
from auditkit.verifying.folders import sign, verify
from auditkit.verifying.sealed import Verification
from auditkit.verifying.things import lies

__all__ = ["Fact", "Verification", "lies", "sign", "verify"]
