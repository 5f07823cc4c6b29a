"""A demonstration: records, a server, a Web Connector and a QuickBooks in one process."""
