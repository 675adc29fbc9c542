export default ({ connectorParameters, connectionParameters, credentials }) => ({
  baseUri: connectorParameters.apiUri,
  headers: {
    Authorization: `Bearer ${credentials.access_token}`,
    "X-User": `${connectionParameters.user} ${credentials.round ?? 0}`,
  },
  query: { from: "connector" },
})
