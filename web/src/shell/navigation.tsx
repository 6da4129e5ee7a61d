import {
	bundleIcon,
	CallFilled,
	CallRegular,
	DataBarVerticalFilled,
	DataBarVerticalRegular,
	DocumentDataFilled,
	DocumentDataRegular,
	HeartPulseFilled,
	HeartPulseRegular,
	PeopleFilled,
	PeopleRegular,
} from "@fluentui/react-icons";
import css from "./shell.module.css";

const places = [
	{ place: "", href: "#/", label: "Overview", Icon: bundleIcon(DataBarVerticalFilled, DataBarVerticalRegular) },
	{ place: "reports", href: "#/Reports", label: "Reports", Icon: bundleIcon(DocumentDataFilled, DocumentDataRegular) },
	{ place: "calls", href: "#/Calls", label: "Calls", Icon: bundleIcon(CallFilled, CallRegular) },
	{ place: "people", href: "#/People", label: "People", Icon: bundleIcon(PeopleFilled, PeopleRegular) },
	{
		place: "health",
		href: "#/Health",
		label: "Health",
		Icon: bundleIcon(HeartPulseFilled, HeartPulseRegular),
		administrator: true,
	},
];

export function Navigation({ place, administrator }: { place: string; administrator: boolean }) {
	return (
		<nav aria-label="Pages">
			<ul className={css.nav}>
				{places
					.filter((entry) => administrator || !entry.administrator)
					.map((entry) => (
						<li key={entry.place}>
							<a href={entry.href} aria-current={entry.place === place ? "page" : undefined}>
								<entry.Icon filled={entry.place === place} fontSize={20} />
								{entry.label}
							</a>
						</li>
					))}
			</ul>
		</nav>
	);
}
