// Takes the pictures of the README from a running server: node test/pictures.mjs URL USER PASSWORD CALL FOLDER
import { join } from "node:path";

const [url, user, password, call, folder] = process.argv.slice(2);
process.env.PARLEY_URL = url;
process.env.PARLEY_PASSWORD = password;
process.env.PARLEY_BROWSER ??= "/usr/bin/chromium";
const { signIn, startBrowser } = await import("./browser/site.mjs");

const browser = await startBrowser();
try {
	const { page } = await browser.open("", { viewport: { width: 1360, height: 940 } });
	await signIn(page, user);
	for (const [name, route] of [
		["overview", "#/"],
		["calls", "#/Calls"],
		["call", `#/Calls/${encodeURIComponent(call)}`],
		["people", "#/People"],
		["health", "#/Health"],
	]) {
		await page.evaluate((hash) => {
			location.hash = hash;
		}, route);
		await page.locator("main table, main [role=table]").first().waitFor();
		await page.waitForTimeout(800); // charts draw themselves in
		await page.screenshot({ path: join(folder, `${name}.png`) });
	}
} finally {
	await browser.stop();
}
