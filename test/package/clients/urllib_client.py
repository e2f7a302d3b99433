"""Submits a batch, follows the link it is given, fetches the profile: with nothing but urllib and its environment."""
import json
import re
import urllib.request

BASE = "https://demo.tt.omtrdc.net"


def ask(url, body=None):
    with urllib.request.urlopen(urllib.request.Request(url, data=body)) as reply:
        return reply.read().decode()


submitted = ask(f"{BASE}/m2/demo/v2/profile/batchUpdate", b"batch=thirdPartyId,tier\nC-1,gold")
link = re.search("<batchStatus>(.*)</batchStatus>", submitted).group(1)
print("link", link)
print("status", re.search("<status>(.*)</status>", ask(link)).group(1))
profile = json.loads(ask(f"{BASE}/rest/v1/profiles/thirdPartyId/C-1?client=demo"))
print("tier", profile["profileAttributes"]["tier"]["value"])
