"""Amazon SageMaker: from a CSV to a trained, deployed and torn-down model. Only API calls; container/ runs there."""
