"""The proof that every record is in QuickBooks once, whatever dies: a crash at every point there is.

A real server process, a simulated Web Connector over real HTTP, a real database; nothing is mocked.
"""
