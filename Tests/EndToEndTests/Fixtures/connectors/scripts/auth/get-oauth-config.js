export default ({ connectorParameters, connectionParameters, redirectUri, state }) => ({
  clientId: connectorParameters.clientId,
  clientSecret: connectorParameters.clientSecret,
  authorizeUri: connectorParameters.authorizeUri,
  tokenUri: connectorParameters.tokenUri,
  scopes: ["read"],
  extra: { user: connectionParameters.user, seen: `${redirectUri ? 1 : 0}${state ? 1 : 0}` },
})
