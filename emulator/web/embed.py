#!/usr/bin/env python3
"""embed -- the dashboard as a C array: embed.py PAGE OUTPUT. Style and script beside the page are put into it, and the policy that
goes with it admits these two by their digests and nothing else."""
import base64
import hashlib
import pathlib
import re
import sys

page, target = map(pathlib.Path, sys.argv[1:])
digests = {}


def part(match):
    text = (page.parent / match[1]).read_text(encoding='utf-8')
    if '</' + {'css': 'style', 'js': 'script'}[match[1].rsplit('.', 1)[1]] in text:
        sys.exit(f'{match[1]} would end its own element')
    digests[match[1]] = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return text


content = re.sub(r'\{\{([\w.]+)\}\}', part, page.read_text(encoding='utf-8')).encode()
policy = '; '.join([
    "default-src 'none'", f"style-src 'sha256-{digests['dashboard.css']}'", f"script-src 'sha256-{digests['dashboard.js']}'",
    "connect-src 'self'", 'img-src data:', "base-uri 'none'", "form-action 'none'", "frame-ancestors 'self'",
    "require-trusted-types-for 'script'", "trusted-types 'none'"])
rows = [', '.join(str(byte) for byte in content[at:at + 20]) for at in range(0, len(content), 20)]
with open(target, 'w', encoding='ascii') as file:
    file.write('#include "emulator/web/dashboard.h"\n\n')
    file.write('const unsigned char dashboard_page[] = {\n    ' + ',\n    '.join(rows) + '};\n')
    file.write(f'const size_t dashboard_page_bytes = {len(content)};\n')
    file.write(f'const char dashboard_policy[] = "{policy}";\n')
