"""A finished model taught further on a CPU: free wording, new subjects, colours."""
