exports.getTokenData = async function({
  connectorParameters,
  connectionParameters,
  codeVerifier,
  queryParameters,
  redirectUri
}) {
  // Custom implementation of token retrieval
  const response = await fetch(connectorParameters.tokenUri, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded'
    },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: queryParameters.code,
      redirect_uri: redirectUri,
      client_id: connectorParameters.clientId,
      client_secret: connectorParameters.clientSecret,
      code_verifier: codeVerifier
      // Add any custom parameters here
    })
  });
  return await response.json();
};
