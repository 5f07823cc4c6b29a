"""Purchase orders for QuickBooks: sent once, then received and deleted as their source goes on with them."""
