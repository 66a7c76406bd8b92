"""The same checks with other validators, each a script that runs in a process of its own."""
