#!/bin/sh
# Run once by the image of PostgreSQL, in an empty data folder: the product's own login, which cannot touch the audit
# trail, beside the one that migrates.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$QUARTERDECK_DATABASE_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE quarterdeck_owner NOLOGIN;
CREATE ROLE quarterdeck_app NOLOGIN;
CREATE ROLE quarterdeck_server LOGIN PASSWORD :'password' IN ROLE quarterdeck_app;
SQL
