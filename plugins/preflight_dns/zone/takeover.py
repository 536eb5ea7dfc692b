"""Names of services that anybody can have for the asking, as data.

From what providers say of their own (Microsoft: "Prevent dangling DNS entries and avoid subdomain takeover"; Amazon:
Elastic Beanstalk and S3 documentation), and the collection EdOverflow/can-i-take-over-xyz. Short on purpose: a name
that is not here is reported as dangling all the same.
"""

from __future__ import annotations

# A name below these exists while somebody has it, and does not exist once it is free: NXDOMAIN says that it is.
FREE_WHEN_GONE = {
    "azurewebsites.net": "Azure App Service",
    "cloudapp.net": "Azure Cloud Services",
    "cloudapp.azure.com": "Azure virtual machines",
    "trafficmanager.net": "Azure Traffic Manager",
    "blob.core.windows.net": "Azure Blob Storage",
    "web.core.windows.net": "Azure static websites",
    "azureedge.net": "Azure CDN",
    "azure-api.net": "Azure API Management",
    "azurecontainer.io": "Azure Container Instances",
    "azurecr.io": "Azure Container Registry",
    "azurefd.net": "Azure Front Door",
    "azurehdinsight.net": "Azure HDInsight",
    "database.windows.net": "Azure SQL",
    "redis.cache.windows.net": "Azure Cache for Redis",
    "search.windows.net": "Azure AI Search",
    "servicebus.windows.net": "Azure Service Bus",
    "elasticbeanstalk.com": "AWS Elastic Beanstalk",
}

# Below these every name exists: whether somebody has it is not in the DNS.
ALWAYS_THERE = {
    "s3.amazonaws.com": "Amazon S3",
    "bitbucket.io": "Bitbucket Cloud",
    "ghost.io": "Ghost",
    "github.io": "GitHub Pages",
    "gitlab.io": "GitLab Pages",
    "herokuapp.com": "Heroku",
    "herokudns.com": "Heroku",
    "netlify.app": "Netlify",
    "ngrok.io": "ngrok",
    "pantheonsite.io": "Pantheon",
    "readthedocs.io": "Read the Docs",
    "surge.sh": "Surge",
    "wordpress.com": "WordPress.com",
}


def service(name: str, among: dict[str, str]) -> str:
    """Whose name it is (absolute, lower-case); empty if it is none of these."""
    labels = name.removesuffix(".").split(".")
    suffixes = (".".join(labels[start:]) for start in range(1, len(labels)))
    return next((among[suffix] for suffix in suffixes if suffix in among), "")
