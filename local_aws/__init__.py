"""Local AWS: the AWS wire protocol on this machine, answered by open-source engines. Knows nothing of the app."""
