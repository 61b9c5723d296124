// Runs the vectors under MicroPython's WebAssembly build: node run_vectors.mjs <build> <root> <frames>
import { readFileSync, readdirSync } from "node:fs";
const [build, root, frames] = process.argv.slice(2);
const { loadMicroPython } = await import(build);
const mp = await loadMicroPython({ stdout: (line) => console.log(line), linebuffer: true });
mp.FS.mkdir("/fw");
mp.FS.mkdir("/fw/meter");
const meter = `${root}/firmware_docs/firmware/meter`;
for (const name of readdirSync(meter).filter((name) => name.endsWith(".py")))
  mp.FS.writeFile(`/fw/meter/${name}`, readFileSync(`${meter}/${name}`));
mp.FS.writeFile("/fw/vectors.py", readFileSync(`${root}/tests/firmware/vectors.py`));
mp.runPython(`import sys\nsys.path.insert(0, "/fw")\nimport vectors\nvectors.run(${frames})`);
