"""The Salesforce describe answer: its typed form, and what its edits mean."""
