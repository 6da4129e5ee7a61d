import {
	Button,
	Menu,
	MenuDivider,
	MenuGroup,
	MenuGroupHeader,
	MenuItem,
	MenuList,
	MenuPopover,
	MenuTrigger,
} from "@fluentui/react-components";
import { SignOutRegular, WeatherMoonRegular, WeatherSunnyRegular } from "@fluentui/react-icons";
import { useQueryClient } from "@tanstack/react-query";
import { api, type Session } from "../api/client";
import { sessionKey } from "../api/queries";
import { PersonLine } from "../parts/party";
import type { Scheme } from "../theme";
import css from "./shell.module.css";

export function Account(props: { session: Session; scheme: Scheme; onScheme: (scheme: Scheme) => void }) {
	const client = useQueryClient();
	const { session } = props;
	const name = session.displayName || session.user;
	const signOut = async () => {
		try {
			await api.DELETE("/session");
		} finally {
			client.setQueryData(sessionKey, null);
			client.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionKey[0] });
		}
	};
	const other = props.scheme === "dark" ? "light" : "dark";
	return (
		<Menu positioning="above-start">
			<MenuTrigger disableButtonEnhancement>
				<Button appearance="subtle" className={css.account ?? ""}>
					<PersonLine name={name} more={session.role === "administrator" ? "Administrator" : session.user} />
				</Button>
			</MenuTrigger>
			<MenuPopover>
				<MenuList>
					<MenuGroup>
						<MenuGroupHeader>{session.user}</MenuGroupHeader>
						<MenuItem
							icon={other === "dark" ? <WeatherMoonRegular /> : <WeatherSunnyRegular />}
							onClick={() => props.onScheme(other)}
						>
							{other === "dark" ? "Dark colours" : "Light colours"}
						</MenuItem>
						<MenuItem icon={<SignOutRegular />} onClick={() => void signOut()}>
							Sign out
						</MenuItem>
					</MenuGroup>
					<MenuDivider />
					<MenuGroupHeader>Parley {session.version}</MenuGroupHeader>
				</MenuList>
			</MenuPopover>
		</Menu>
	);
}
