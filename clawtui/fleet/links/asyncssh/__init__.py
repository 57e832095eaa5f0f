"""The link over asyncssh: everything that knows that library lies in this folder and is imported on first use."""
