-- A token is found by its HMAC over id and secret, so that an unknown id costs what a wrong secret costs.
CREATE UNIQUE INDEX identity_token_secret_hmac_key ON identity_token (secret_hmac);
