"""How Celaje calls AWS. One module per AWS service; never Streamlit, never local_aws."""
