import { useEffect, useRef } from "react";
import type { Session } from "../api/client";
import { type Live, useLive } from "../api/live";
import mark from "../mark.svg";
import { CallPage } from "../pages/call";
import { CallsPage } from "../pages/calls";
import { HealthPage } from "../pages/health";
import { OverviewPage } from "../pages/overview";
import { PeoplePage } from "../pages/people";
import { ReportsPage } from "../pages/reports/reports";
import { UnknownPage } from "../pages/unknown";
import { type Route, reportPlace, useRoute } from "../route";
import type { Scheme } from "../theme";
import { Account } from "./account";
import { Navigation } from "./navigation";
import css from "./shell.module.css";

const liveText: Record<Live, string> = {
	connecting: "Connecting",
	live: "Up to date",
	polling: "Updated every minute",
};

/** Shell is what surrounds every page of a signed-in reader. */
export function Shell(props: { session: Session; scheme: Scheme; onScheme: (scheme: Scheme) => void }) {
	const live = useLive();
	const route = useRoute();
	const main = useRef<HTMLElement>(null);
	const place = route.path.join("/");
	const shown = useRef(place);
	useEffect(() => {
		// A new page is read from its heading on, by screen readers and from the top by others.
		if (shown.current === place) return;
		shown.current = place;
		scrollTo(0, 0);
		main.current?.querySelector("h1")?.focus();
	}, [place]);
	return (
		<div className={css.shell}>
			<header className={css.side}>
				<a
					className={css.skip}
					href="#content"
					onClick={(event) => {
						event.preventDefault(); // the address behind the number sign names the page
						main.current?.focus();
					}}
				>
					Skip to the content
				</a>
				<a className={css.brand} href="#/">
					<img src={mark} alt="" />
					Parley
				</a>
				<Navigation place={route.path[0] ?? ""} administrator={props.session.role === "administrator"} />
				<div className={css.bottom}>
					<div className={css.live} role="status">
						<span className={css.beat} data-live={live} />
						<span>{liveText[live]}</span>
					</div>
					<Account {...props} />
				</div>
			</header>
			<main className={css.main} id="content" ref={main} tabIndex={-1}>
				<Page route={route} rights={props.session.rights} />
			</main>
		</div>
	);
}

function Page({ route, rights }: { route: Route; rights: string[] }) {
	const [page, id, ...rest] = route.path;
	if (page === "reports" && rest.length < 2) {
		return <ReportsPage place={reportPlace(id ?? "", rest[0] ?? "", route.query)} rights={rights} />;
	}
	if (rest.length > 0) return <UnknownPage />;
	if (page === "calls" && id !== undefined) return <CallPage id={id} key={id} />;
	if (id !== undefined) return <UnknownPage />;
	switch (page) {
		case undefined:
			return <OverviewPage />;
		case "calls":
			return <CallsPage query={route.query} />;
		case "people":
			return <PeoplePage />;
		case "health":
			return <HealthPage />;
		default:
			return <UnknownPage />;
	}
}
