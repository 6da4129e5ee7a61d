import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { ApiError } from "../api/client";
import { Failure } from "./state";
import { DialectBadge, Mos, VerdictPill } from "./verdict";

it("tells a verdict in words, not by colour alone", () => {
	render(<VerdictPill verdict="poor" />);
	expect(screen.getByText("Poor")).toBeTruthy();
});

it("explains a mean opinion score, and says when nobody measured one", () => {
	const { container, rerender } = render(<Mos value={2.61} />);
	expect(container.querySelector("[title]")?.getAttribute("title")).toBe(
		"Mean opinion score 2.61: nearly all users dissatisfied",
	);
	rerender(<Mos value={null} />);
	expect(container.querySelector("[title]")?.getAttribute("title")).toBe("Nobody measured it");
});

it("shows no badge for an unknown dialect", () => {
	const { container } = render(<DialectBadge dialect={null} />);
	expect(container.textContent).toBe("");
});

it("shows the server's reason for a failure", () => {
	render(<Failure error={new ApiError(503, "Not available", "The disk is full.")} />);
	expect(screen.getByRole("alert").textContent).toContain("The disk is full.");
});
