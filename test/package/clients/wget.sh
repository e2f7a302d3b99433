#!/bin/sh
# Submits a batch, follows the link it is given, fetches the profile: with nothing but wget and its environment.
set -eu
base=https://demo.tt.omtrdc.net
link=$(wget -q -O - --post-data 'batch=thirdPartyId,tier
C-1,gold' "$base/m2/demo/v2/profile/batchUpdate" | sed -n 's/.*<batchStatus>\(.*\)<\/batchStatus>.*/\1/p')
echo "link $link"
wget -q -O - "$link" | sed -n 's/.*<status>\(.*\)<\/status>.*/status \1/p'
wget -q -O - "$base/rest/v1/profiles/thirdPartyId/C-1?client=demo" | sed -n 's/.*"tier":{[^}]*"value":"\([a-z]*\)".*/tier \1/p'
