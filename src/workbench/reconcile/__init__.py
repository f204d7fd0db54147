"""④ They meet: model limit against panel limit, the reasons for the gap in yuan, and what to settle on."""
