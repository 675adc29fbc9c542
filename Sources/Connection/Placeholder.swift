// Connection
