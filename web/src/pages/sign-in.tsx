import { Button, Field, Input, MessageBar, MessageBarBody } from "@fluentui/react-components";
import { EyeOffRegular, EyeRegular } from "@fluentui/react-icons";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { api, must, setToken } from "../api/client";
import { sessionKey } from "../api/queries";
import mark from "../mark.svg";
import css from "./sign-in.module.css";

/** SignIn asks for the user's own name and password, the same as in the user's client. */
export function SignIn() {
	const client = useQueryClient();
	const [user, setUser] = useState("");
	const [password, setPassword] = useState("");
	const [visible, setVisible] = useState(false);
	const form = useRef<HTMLFormElement>(null);
	useEffect(() => {
		document.title = "Sign in · Parley";
	}, []);
	const signIn = useMutation({
		mutationFn: async () => must(await api.POST("/session", { body: { user, password } })),
		onSuccess: (session) => {
			setToken(session.csrf);
			client.setQueryData(sessionKey, session);
		},
		onError: () => {
			setPassword("");
			form.current?.querySelector<HTMLInputElement>("[name=password]")?.focus();
		},
	});
	const submit = (event: FormEvent) => {
		event.preventDefault();
		signIn.mutate();
	};
	return (
		<main className={css.page}>
			<div className={css.card}>
				<img className={css.mark} src={mark} alt="" />
				<h1 className={css.title}>Sign in to Parley</h1>
				<p className={css.note}>Use the name and password of your client.</p>
				<form className={css.form} ref={form} onSubmit={submit}>
					{signIn.isError && (
						<MessageBar intent="error" role="alert" layout="multiline">
							<MessageBarBody>{signIn.error.message}</MessageBarBody>
						</MessageBar>
					)}
					<Field label="User name">
						<Input
							name="user"
							size="large"
							autoComplete="username"
							autoCapitalize="none"
							spellCheck={false}
							autoFocus
							required
							maxLength={254}
							placeholder="alice@example.com"
							value={user}
							onChange={(_, data) => setUser(data.value)}
						/>
					</Field>
					<Field label="Password">
						<Input
							name="password"
							size="large"
							type={visible ? "text" : "password"}
							autoComplete="current-password"
							required
							maxLength={1024}
							value={password}
							onChange={(_, data) => setPassword(data.value)}
							contentAfter={
								<Button
									appearance="transparent"
									size="small"
									icon={visible ? <EyeOffRegular /> : <EyeRegular />}
									aria-label={visible ? "Hide the password" : "Show the password"}
									onClick={() => setVisible(!visible)}
								/>
							}
						/>
					</Field>
					<Button
						appearance="primary"
						size="large"
						type="submit"
						className={css.submit ?? ""}
						disabled={signIn.isPending}
					>
						{signIn.isPending ? "Signing in" : "Sign in"}
					</Button>
				</form>
			</div>
		</main>
	);
}
