import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { signIn, startBrowser } from "./site.mjs";

// Reports, as their readers and authors use them, on the streams of a generated company.

let browser;
before(async () => {
	browser = await startBrowser();
});
after(() => browser.stop());

const heading = (page, name) => page.getByRole("heading", { level: 1, name, exact: true });

test("a row of a report leads to its streams and to reports below it", async () => {
	const { page, faults } = await browser.open("#/Reports/clients");
	page.setDefaultTimeout(30_000);
	await signIn(page);
	await heading(page, "Clients").waitFor();
	const row = page.getByRole("table").getByRole("row").nth(2);
	const name = await row.getByRole("button").first().textContent();
	await row.getByRole("button").first().click();
	await page.getByRole("link", { name: "Operating systems", exact: true }).nth(1).click();
	await heading(page, "Operating systems").waitFor();
	await page.getByText(`second.ua_category = ${name}`).waitFor();
	await page.getByRole("link", { name: "Streams", exact: true }).click();
	await heading(page, "Operating systems: streams").waitFor();
	assert(page.url().includes("where="), "the condition is not in the address");
	const call = page.getByRole("table", {}).getByRole("link").first();
	assert.match(await call.getAttribute("href"), /^#\/Calls\/./);
	await page.getByRole("link", { name: "Back to the report" }).click();
	await page.getByRole("link", { name: "Take away the condition on second.ua_category" }).click();
	await page.getByText("second.ua_category =").waitFor({ state: "detached" });
	assert.deepEqual(faults, []);
	await page.context().close();
});

test("the pickers hold for the whole page and live in its address", async () => {
	const { page, faults } = await browser.open("#/Reports/audio-days");
	page.setDefaultTimeout(30_000);
	await signIn(page);
	await heading(page, "Audio streams by day").waitFor();
	await page.getByLabel("Time", { exact: true }).selectOption("P7D");
	await page.getByText("7 rows").waitFor();
	await page.getByLabel("Classifier").selectOption("jpdr");
	await page.getByText(/· jpdr ·/).waitFor();
	assert(page.url().includes("last=P7D") && page.url().includes("classifier=jpdr"), page.url());
	await page.reload();
	await page.getByText(/· jpdr ·/).waitFor();
	assert.deepEqual(faults, []);
	await page.context().close();
});

test("a report is copied, changed with a live preview, brought back and deleted", async () => {
	const { page, faults } = await browser.open("#/Reports/buildings");
	page.setDefaultTimeout(30_000);
	page.on("dialog", (dialog) => dialog.accept());
	await signIn(page);
	await heading(page, "Buildings").waitFor();
	await page.getByRole("button", { name: "More about this report" }).click();
	await page.getByRole("menuitem", { name: "Make a copy of mine" }).click();
	await heading(page, "Copy of Buildings").waitFor();
	await page.getByRole("link", { name: "Edit", exact: true }).click();
	await page.getByLabel("Title").fill("Networks");
	await page.getByRole("button", { name: "Take Second Building Name away" }).click();
	await page.getByLabel("Add a dimension", { exact: true }).fill("second connection detail");
	await page.keyboard.press("Enter");
	await page.getByRole("columnheader", { name: "Second Network Connection Detail" }).waitFor();
	await page.getByLabel("Add a condition on", { exact: true }).fill("transport");
	await page.getByRole("button", { name: /^Transport/ }).click();
	await page.getByLabel("Value of Transport").fill("UDP");
	await page.getByRole("button", { name: "Save" }).click();
	await heading(page, "Networks").waitFor();
	await page.getByRole("button", { name: "wifi" }).waitFor();

	await page.getByRole("button", { name: "More about this report" }).click();
	await page.getByRole("menuitem", { name: "Versions" }).click();
	await page.getByRole("button", { name: "Bring back" }).click();
	await heading(page, "Copy of Buildings").waitFor();
	await page.getByRole("button", { name: "More about this report" }).click();
	await page.getByRole("menuitem", { name: "Delete" }).click();
	await page.getByRole("link", { name: "Copy of Buildings" }).first().waitFor({ state: "detached" });
	assert.deepEqual(faults, []);
	await page.context().close();
});

test("a reader sees reports and no way to change them", async () => {
	const { page, faults } = await browser.open("#/Reports/wifi-bssid");
	page.setDefaultTimeout(30_000);
	await signIn(page, "alice@parley.test");
	await heading(page, "BSSIDs").waitFor();
	await page.getByRole("alert").getByText(/personal/i).waitFor();
	assert.equal(await page.getByRole("link", { name: "Edit", exact: true }).count(), 0);
	assert.equal(await page.getByRole("button", { name: "Make or import reports" }).count(), 0);
	assert.deepEqual(faults.filter((fault) => !/status of 403/.test(fault)), []);
	await page.context().close();
});
