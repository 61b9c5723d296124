// Runs Python, a command at a time (garbage goes between two), under MicroPython's WebAssembly build: node run_vectors.mjs <build> <root> <commands>
import { readFileSync, readdirSync } from "node:fs";
const [build, root, ...commands] = process.argv.slice(2);
const { loadMicroPython } = await import(build);
const mp = await loadMicroPython({ stdout: (line) => console.log(line), linebuffer: true });
mp.FS.mkdir("/fw");
mp.FS.mkdir("/fw/meter");
const meter = `${root}/firmware_docs/firmware/meter`;
for (const name of readdirSync(meter).filter((name) => name.endsWith(".py")))
  mp.FS.writeFile(`/fw/meter/${name}`, readFileSync(`${meter}/${name}`));
for (const name of ["chance", "life", "heap", "vectors"])
  mp.FS.writeFile(`/fw/${name}.py`, readFileSync(`${root}/tests/firmware/${name}.py`));
mp.runPython('import sys\nsys.path.insert(0, "/fw")');
for (const command of commands) mp.runPython(command);
