"""Miniature models of every family, trained by this project on worlds with a known dose of bias.

One family a file, and the file says how the family works. Their weights, `auditkit/lab/weights/`, are fp16 safetensors;
`auditkit lab train NAME --dose D` makes them again.
"""
