"""API descriptions: operations with parameters, bodies, answers, sign-in and addresses, in OpenAPI 3 and Swagger 2 alike."""
