//! Requests, responses and bare message lists of the model providers' own APIs.
