import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { signIn, startBrowser } from "./site.mjs";

// What people do with the page, by mouse and by keyboard.

let browser;
before(async () => {
	browser = await startBrowser();
});
after(() => browser.stop());

test("a wrong password is told and the right one then works", async () => {
	const { page, faults } = await browser.open("#/People");
	await page.getByLabel("User name").fill("carol@parley.test");
	await page.getByLabel("Password", { exact: true }).fill("wrong");
	await page.keyboard.press("Enter");
	const alert = page.getByRole("alert");
	await alert.waitFor();
	assert.match(await alert.textContent(), /user name or the password is wrong/);
	assert.equal(await page.getByLabel("Password", { exact: true }).inputValue(), "", "the wrong password stays");
	await signIn(page, "carol@parley.test");
	// The page that was asked for comes after the sign-in, and a user does not see what is for administrators.
	await page.getByRole("heading", { level: 1, name: "People" }).waitFor();
	assert.equal(await page.getByRole("link", { name: "Health" }).count(), 0);
	assert.equal(await page.getByText("10.77.0.21").count(), 0, "a user sees addresses");
	await page.evaluate(() => {
		location.hash = "#/Health";
	});
	await page.getByText("This is for administrators.").waitFor();
	assert.deepEqual(
		faults.filter((fault) => !/status of 403/.test(fault)),
		[],
	);
	await page.context().close();
});

test("the keyboard leads to a call and back", async () => {
	const { page, faults } = await browser.open();
	await signIn(page);
	await page.getByRole("heading", { level: 1, name: "Call quality" }).waitFor();
	await page.keyboard.press("Tab");
	assert.equal(await focused(page), "Skip to the content");
	await page.keyboard.press("Tab"); // the mark
	await page.keyboard.press("Tab"); // overview
	await page.keyboard.press("Tab"); // reports
	await page.keyboard.press("Tab");
	assert.equal(await focused(page), "Calls");
	await page.keyboard.press("Enter");
	await page.getByRole("table", { name: "Calls" }).waitFor();
	assert.equal(await focused(page), "Calls", "the new page's heading has the focus");
	const link = page.getByRole("row").nth(1).getByRole("link");
	await link.focus();
	await page.keyboard.press("Enter");
	await page.getByRole("heading", { level: 1, name: "Alice Archer → Bob Brook" }).waitFor();
	await page.goBack();
	await page.getByRole("table", { name: "Calls" }).waitFor();
	assert.deepEqual(faults, []);
	await page.context().close();
});

test("calls are searched, filtered, sorted and scrolled", async () => {
	const { page, faults } = await browser.open("#/Calls");
	await signIn(page);
	const table = page.getByRole("table", { name: "Calls" });
	await table.waitFor();
	await page.getByRole("radio", { name: "Poor" }).check({ force: true });
	await page.waitForFunction(() => location.hash.includes("verdict=poor"));
	await page.getByText("Good", { exact: true }).nth(1).waitFor({ state: "detached" });
	const verdicts = await table.locator("[data-column=verdict]").allTextContents();
	assert(verdicts.length > 3 && verdicts.every((text) => text === "Poor"), `verdicts: ${verdicts}`);

	await page.getByRole("button", { name: "Worst MOS" }).click();
	const scores = (await table.locator("[data-column=mos]").allTextContents()).map(Number);
	assert.deepEqual(
		scores,
		scores.toSorted((a, b) => a - b),
		"scores are not in order",
	);

	await page.getByLabel("Search by user").fill("zoe");
	await page.getByText("No call matches").waitFor();
	assert.match(page.url(), /user=zoe/);

	// All 201 calls are within reach, though few rows exist at a time.
	await page.goto(page.url().replace(/#.*/, "#/Calls"));
	await page.getByText("100 calls shown; scroll for more").waitFor();
	const region = page.getByRole("region", { name: "Calls" });
	await assert.doesNotReject(async () => {
		for (let i = 0; i < 40; i++) {
			await region.evaluate((element) => element.scrollBy(0, 4000));
			if (await page.getByText(/^20\d calls shown$/).count()) return;
			await page.waitForTimeout(100);
		}
		throw new Error("the end of the list is not reached");
	});
	assert((await table.getByRole("row").count()) < 60, "rows out of sight exist");
	assert.deepEqual(faults, []);
	await page.context().close();
});

test("a call that ends appears on an open page", async () => {
	const { page, faults } = await browser.open();
	await signIn(page);
	await page.getByText("Up to date").waitFor();
	const calls = page.locator("dl dd").first();
	const before = Number(await calls.textContent());
	const answer = await page.request.post(new URL("/test/call", page.url()).href);
	assert.equal(answer.status(), 200);
	await page.waitForFunction((n) => Number(document.querySelector("dl dd")?.textContent) === n, before + 1);
	assert.deepEqual(faults, []);
	await page.context().close();
});

test("the colours are chosen and kept, and signing out ends the session", async () => {
	const { page, faults } = await browser.open();
	await signIn(page);
	await page.getByRole("button", { name: /Ada Admin/ }).click();
	await page.getByRole("menuitem", { name: "Dark colours" }).click();
	await page.waitForFunction(() => document.documentElement.dataset.scheme === "dark");
	await page.reload();
	await page.waitForFunction(() => document.documentElement.dataset.scheme === "dark");
	await page.getByRole("button", { name: /Ada Admin/ }).click();
	await page.getByRole("menuitem", { name: "Sign out" }).click();
	await page.getByRole("heading", { name: "Sign in to Parley" }).waitFor();
	const answer = await page.request.get(new URL("/api/v1/session", page.url()).href);
	assert.equal(answer.status(), 401);
	assert.deepEqual(faults, []);
	await page.context().close();
});

test("a server that is gone and an unknown page are explained", async () => {
	const { page } = await browser.open("#/no-such");
	await signIn(page);
	await page.getByText("The portal has no page at this address").waitFor();
	await page.context().setOffline(true);
	await page.getByRole("link", { name: "People" }).click();
	await page.getByText(/Server not reached/).waitFor({ timeout: 20_000 });
	await page.context().setOffline(false);
	await page.getByRole("button", { name: "Try again" }).click();
	await page.getByText("Carol Castle").waitFor();
	await page.context().close();
});

function focused(page) {
	return page.evaluate(() => document.activeElement?.textContent ?? "");
}
