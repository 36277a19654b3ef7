#!/usr/bin/env python3
"""embed -- a file as a C array: embed.py NAME INPUT OUTPUT."""
import sys

name, source, target = sys.argv[1:]
with open(source, 'rb') as file:
    content = file.read()
rows = [', '.join(str(byte) for byte in content[at:at + 20]) for at in range(0, len(content), 20)]
with open(target, 'w', encoding='ascii') as file:
    file.write('#include "cli/embedded.h"\n\n')
    file.write(f'const unsigned char {name}[] = {{\n    ' + ',\n    '.join(rows) + '};\n')
    file.write(f'const size_t {name}_bytes = {len(content)};\n')
