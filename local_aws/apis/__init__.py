"""One module or package per AWS service: its limits, validation, error codes and shapes."""
