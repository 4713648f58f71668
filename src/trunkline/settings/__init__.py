"""`trunkline.yaml` and the file of credentials, read and checked before anything else."""
