"""Where the work is done: on this machine in one or several processes. The shells that read claim files live here."""
