#!/usr/bin/env bash
# Whether the emulator of this container says that it is well: `tpe ready` without starting a Node for each question.
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/${TPE_PORT:-8181}"
printf 'GET /__emulator/health HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
grep -Eq '"status":"(ok|degraded)"' <&3
