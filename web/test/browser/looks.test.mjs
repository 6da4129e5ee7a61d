import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, shoot, signIn, startBrowser } from "./site.mjs";

// Every page in light and dark, wide and narrow: without a fault, reachable for everybody, nothing wider than the screen.

let browser;
before(async () => {
	browser = await startBrowser();
});
after(() => browser.stop());

const pages = [
	["overview", "#/", "Call quality"],
	["calls", "#/Calls", "Calls"],
	["call", "#/Calls/c-poor", "Alice Archer → Bob Brook"],
	["people", "#/People", "People"],
	["report", "#/Reports/audio-days", "Audio streams by day"],
	["report-table", "#/Reports/buildings", "Buildings"],
	["streams", "#/Reports/wifi/streams", "Wi-Fi: streams"],
	["versions", "#/Reports/wifi/versions", "Versions of Wi-Fi"],
	["designer", "#/Reports/audio-days/edit", "Edit Audio streams by day"],
	["health", "#/Health", "Health"],
];

for (const look of [
	{ name: "light", colorScheme: "light" },
	{ name: "dark", colorScheme: "dark" },
	{ name: "narrow", colorScheme: "light", viewport: { width: 390, height: 844 }, hasTouch: true },
]) {
	test(`every page, ${look.name}`, async () => {
		const { page, faults } = await browser.open("", look);
		await page.getByRole("heading", { name: "Sign in to Parley" }).waitFor();
		await accessible(page, `sign-in, ${look.name}`);
		await shoot(page, `sign-in-${look.name}`);
		await signIn(page);
		for (const [name, route, title] of pages) {
			await page.evaluate((hash) => {
				location.hash = hash;
			}, route);
			await page.getByRole("heading", { level: 1, name: title }).waitFor();
			await page.locator("main table, main [role=table], main [role=img][aria-label]").first().waitFor();
			await accessible(page, `${name}, ${look.name}`);
			const overflow = await page.evaluate(
				() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
			);
			assert.equal(overflow, 0, `${name}, ${look.name}: the page is wider than the screen`);
			await shoot(page, `${name}-${look.name}`, { fullPage: true });
		}
		assert.deepEqual(faults, []);
		await page.context().close();
	});
}
