// What the browser tests share: one Chromium for a file of tests, and a page on which every fault is a failure.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const url = process.env.PARLEY_URL;
const password = process.env.PARLEY_PASSWORD;
const shots = process.env.PARLEY_SCREENSHOTS;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** startBrowser starts a Chromium with a profile of its own; stop removes both. */
export async function startBrowser() {
	assert(url && password, "PARLEY_URL and PARLEY_PASSWORD are set by the Go test that runs these");
	const home = mkdtempSync(join(tmpdir(), "parley-browser-"));
	const browser = await chromium.launch({
		executablePath: process.env.PARLEY_BROWSER,
		env: { ...process.env, HOME: home },
		args: [
			"--no-sandbox",
			"--disable-gpu",
			"--disable-quic",
			"--no-first-run",
			"--disable-background-networking",
			"--disable-component-update",
			"--disable-sync",
		],
	});
	return {
		/** open shows the page at a route in a context of its own. */
		async open(route = "", options = {}) {
			const context = await browser.newContext({
				ignoreHTTPSErrors: true,
				locale: "en-GB",
				viewport: { width: 1360, height: 900 },
				...options,
			});
			const page = await context.newPage();
			page.setDefaultTimeout(10_000);
			const faults = watch(page);
			await page.addInitScript(() => {
				addEventListener("securitypolicyviolation", (e) =>
					console.error(
						`content policy: ${e.violatedDirective} refuses ${e.blockedURI} ${e.sourceFile}:${e.lineNumber} ${e.sample}`,
					),
				);
			});
			await page.goto(`${url}/CQD/${route}`);
			return { page, faults };
		},
		async stop() {
			await browser.close();
			rmSync(home, { recursive: true, force: true });
		},
	};
}

/** watch collects what goes wrong in a page; the 401 before the sign-in is as it should be. */
function watch(page) {
	const faults = [];
	page.on("pageerror", (error) => faults.push(String(error.stack)));
	page.on("console", (message) => {
		if (message.type() === "error" && !/status of (401|404)/.test(message.text())) faults.push(message.text());
	});
	return faults;
}

export async function signIn(page, user = "admin@parley.test") {
	await page.getByLabel("User name").fill(user);
	await page.getByLabel("Password", { exact: true }).fill(password);
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByRole("navigation", { name: "Pages" }).waitFor();
}

/** accessible fails with every finding of axe-core for WCAG 2.2 AA. */
export async function accessible(page, what) {
	await page.evaluate(axe); // not as a script element, which the page's policy refuses
	const found = await page.evaluate(() =>
		globalThis.axe.run(document, {
			runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
		}),
	);
	const text = found.violations.map(
		(v) =>
			`${v.id} (${v.impact}): ${v.help}\n${v.nodes.map((n) => `   ${n.html.slice(0, 160)} ${n.failureSummary ?? ""}`).join("\n")}`,
	);
	assert.equal(text.length, 0, `${what}:\n${text.join("\n")}`);
}

/** shoot keeps a picture for people when PARLEY_SCREENSHOTS names a folder. */
export async function shoot(page, name, options = {}) {
	if (!shots) return;
	await page.waitForTimeout(600); // charts draw themselves in
	await page.screenshot({ path: join(shots, `${name}.png`), ...options });
}
