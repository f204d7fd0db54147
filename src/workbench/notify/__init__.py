"""⑤ Notice: state of each message, the batch (identifying; a folder of its own), the gateway."""
