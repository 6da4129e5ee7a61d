// Compresses the built page for the Go program, which embeds and serves it so, and stamps it with a hash of its sources:
// a test of the Go package compares the two, so that a page older than its sources is noticed without Node.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { gzipSync } from "node:zlib";

const web = join(import.meta.dirname, "..");
const dist = join(web, "../internal/portal/dist");
const compressible = /\.(js|css|html|svg|md|txt)$/;

function files(dir) {
	return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
		const path = join(dir, entry.name);
		return entry.isDirectory() ? files(path) : [path];
	});
}

for (const path of files(dist)) {
	if (!compressible.test(path)) continue;
	const packed = gzipSync(readFileSync(path), { level: 9 });
	packed[9] = 255; // the operating system, which gzip records, is nobody's business and would differ between machines
	writeFileSync(`${path}.gz`, packed);
	rmSync(path);
}

const sources = ["index.html", "package-lock.json", "vite.config.ts", "build/pack.mjs"]
	.map((name) => join(web, name))
	.concat(files(join(web, "src")).filter((path) => !/\.test\.tsx?$/.test(path)))
	.map((path) => relative(web, path).split(sep).join("/"))
	.sort();
const hash = createHash("sha256");
for (const name of sources) {
	const content = readFileSync(join(web, name));
	hash.update(`${name}\n${content.length}\n`).update(content);
}
writeFileSync(join(dist, "sources.sha256"), `${hash.digest("hex")}\n`);

const sizes = files(dist).map((path) => [relative(dist, path), statSync(path).size]);
for (const [name, size] of sizes.sort((a, b) => b[1] - a[1])) {
	console.log(`${(size / 1024).toFixed(1).padStart(8)} KiB  ${name}`);
}
console.log(`${(sizes.reduce((sum, [, size]) => sum + size, 0) / 1024).toFixed(1).padStart(8)} KiB  embedded`);
